# SPDX-License-Identifier: GPL-3.0-or-later
# Pieces of scipy's smoothing spline for an error:  spline.py F A B EPS DEGREE
#
# UnivariateSpline on an even grid, with bisection on its smoothing parameter: the largest one whose spline is within EPS of F at ten times as many
# points. Prints the number of pieces and the processor time, s; -1 pieces where no parameter reaches EPS.
import sys
import time
import warnings

import numpy as np
from numpy import exp, sin, sqrt  # noqa: F401, for F
from scipy.interpolate import UnivariateSpline

warnings.simplefilter("ignore")
text, a, b, eps, degree = sys.argv[1].replace("^", "**").replace("abs", "np.abs"), *map(float, sys.argv[2:5]), int(sys.argv[5])
f = eval("lambda x: " + text)
x, fine = np.linspace(a, b, 4001), np.linspace(a, b, 40001)
y, exact = f(x), f(fine)
start = time.process_time()
best, lo, hi = -1, -60.0, 10.0
for _ in range(20):
    s = (lo + hi) / 2
    spline = UnivariateSpline(x, y, k=degree, s=2.0**s)
    if np.abs(spline(fine) - exact).max() <= eps:
        best, lo = len(spline.get_knots()) - 1, s
    else:
        hi = s
print(best, time.process_time() - start)
