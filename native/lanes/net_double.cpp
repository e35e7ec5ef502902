#include "net_make.h"
#include "net_run.h"
#include "rows_net.h"

template class lanes::Net<double>;
template class lanes::RowNet<double>;
