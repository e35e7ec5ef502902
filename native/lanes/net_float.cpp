#include "net_make.h"
#include "net_run.h"
#include "rows_net.h"

template class lanes::Net<float>;
template class lanes::RowNet<float>;
