/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: the whole library, module by module. */
#ifndef QUADRIC_H
#define QUADRIC_H

#include "base/base.h"
#include "io/io.h"
#include "arch/arch.h"
#include "expr/expr.h"
#include "exact/exact.h"
#include "rank/rank.h"
#include "onnx/onnx.h"
#include "net/net.h"
#include "piece/piece.h"
#include "proof/proof.h"
#include "line/line.h"
#include "plane/plane.h"
#include "space/space.h"
#include "engine/engine.h"
#include "spline/spline.h"
#include "approx/approx.h"
#include "variety/variety.h"
#include "train/train.h"
#include "report/report.h"

#endif
