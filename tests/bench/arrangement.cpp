// SPDX-License-Identifier: GPL-3.0-or-later
// The exact arrangement of conics by CGAL, for bench_plane: reads n, then n lines of six integers, the coefficients of 1, x, y, x^2, x y, y^2, and
// prints the number of faces and the seconds of processor time, reading left out.
#include <CGAL/Arr_algebraic_segment_traits_2.h>
#include <CGAL/Arrangement_2.h>
#include <CGAL/CORE_BigInt.h>

#include <ctime>
#include <iostream>
#include <vector>

typedef CGAL::Arr_algebraic_segment_traits_2<CORE::BigInt> Traits;
typedef CGAL::Arrangement_2<Traits> Arrangement;
typedef Traits::Polynomial_2 Polynomial;

static double processor_s()
{
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

int main()
{
    Traits traits;
    std::vector<Traits::Curve_2> curves;
    std::vector<Polynomial> conics;
    Polynomial x = CGAL::shift(Polynomial(1), 1, 0), y = CGAL::shift(Polynomial(1), 1, 1);
    int n;
    std::cin >> n;
    for (int i = 0; i < n; i++) {
        long c[6];
        for (long &k : c) std::cin >> k;
        Polynomial f = Polynomial(int(c[0])) + int(c[1]) * x + int(c[2]) * y + int(c[3]) * x * x + int(c[4]) * x * y + int(c[5]) * y * y;
        conics.push_back(f);
    }
    double start = processor_s();
    Traits::Construct_curve_2 construct = traits.construct_curve_2_object();
    for (const Polynomial &f : conics) curves.push_back(construct(f));
    Arrangement arrangement(&traits);
    CGAL::insert(arrangement, curves.begin(), curves.end());
    std::cout << arrangement.number_of_faces() << " " << processor_s() - start << std::endl;
    return 0;
}
