#include "net_make.h"
#include "net_run.h"

template class lanes::Net<float>;
