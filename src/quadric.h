/* quadric: the whole library, module by module. */
#ifndef QUADRIC_H
#define QUADRIC_H

#include "base/base.h"
#include "io/io.h"
#include "arch/arch.h"
#include "exact/exact.h"
#include "net/net.h"
#include "piece/piece.h"
#include "variety/variety.h"
#include "train/train.h"
#include "report/report.h"

#endif
