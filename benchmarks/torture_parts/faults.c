/* Counts the system calls with which a run writes, and makes the one that is asked for go wrong.
 *
 * Loaded by LD_PRELOAD; takes its orders from a file that all processes of a run have mapped (LRLAB_FAULTS names it).
 * Only files below the run's folder count, and pipes and sockets, which are those between the run's own processes.
 * Which part a process plays is how often it was forked since the orders were given: driver, fork server, worker.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE, SYNC, TRUNCATE, OPEN, RENAME, REMOVE, MAKE, SEND, KINDS };
enum { STORE, JOURNAL, CHECKPOINT, PAGE, OTHER, PIPE, PLACES, NOWHERE = PLACES };
enum { NONE, KILL, TORN, FULL, IO, SHORT };
enum { ROLES = 3 }; /* driver, server, worker */

struct orders { /* as in library.py */
  int armed, fault, role, kind, lasting, fired, fired_place, fired_role;
  long number, count;
  long counts[ROLES][KINDS][PLACES];
  char root[512], fired_path[512];
};

static struct orders *orders;
static int depth = -1; /* -1: the process that the runs are forked from */

static void forked(void) {
  depth++;
}

__attribute__((constructor)) static void map_orders(void) {
  const char *path = getenv("LRLAB_FAULTS");
  if (path == NULL) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (map == MAP_FAILED) return;
  orders = map;
  unsetenv("LRLAB_FAULTS"); /* a program that a run starts is no part of it */
  pthread_atfork(NULL, NULL, forked);
}

static int place_of_path(const char *path) {
  char full[4096];
  if (path == NULL) return NOWHERE;
  if (path[0] != '/') {
    if (getcwd(full, sizeof full - 1) == NULL) return NOWHERE;
    size_t length = strlen(full);
    snprintf(full + length, sizeof full - length, "/%s", path);
    path = full;
  }
  size_t root = strlen(orders->root);
  if (root == 0 || strncmp(path, orders->root, root) != 0) return NOWHERE;
  if (strstr(path + root, "-checkpoints") != NULL) return CHECKPOINT;
  const char *end = strrchr(path, '.');
  if (end == NULL) return OTHER;
  if (strcmp(end, ".db") == 0) return STORE;
  if (strcmp(end, ".db-wal") == 0 || strcmp(end, ".db-journal") == 0 || strcmp(end, ".db-shm") == 0) return JOURNAL;
  return strcmp(end, ".html") == 0 ? PAGE : OTHER;
}

static int place_of_fd(int fd, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length < 0) return NOWHERE;
  path[length] = 0;
  if (strncmp(path, "pipe:", 5) == 0 || strncmp(path, "socket:", 7) == 0) return fd > 2 ? PIPE : NOWHERE;
  return place_of_path(path);
}

/* The fault that this call is to have; NONE for nearly all. */
static int order_for(int kind, int place, const char *path) {
  if (place == NOWHERE || depth < 0 || depth >= ROLES) return NONE;
  __atomic_add_fetch(&orders->counts[depth][kind][place], 1, __ATOMIC_SEQ_CST);
  if (orders->lasting && __atomic_load_n(&orders->fired, __ATOMIC_SEQ_CST)) { /* the disk stays as it is */
    int needs_room = kind == WRITE || kind == TRUNCATE || kind == OPEN || kind == MAKE;
    if (place == PIPE || !(needs_room || orders->fault == IO)) return NONE;
    return orders->fault;
  }
  if (depth != orders->role || kind != orders->kind) return NONE;
  if (__atomic_add_fetch(&orders->count, 1, __ATOMIC_SEQ_CST) != orders->number) return NONE;
  if (orders->fault == NONE) return NONE;
  orders->fired_place = place;
  orders->fired_role = depth;
  snprintf(orders->fired_path, sizeof orders->fired_path, "%s", path);
  __atomic_store_n(&orders->fired, 1, __ATOMIC_SEQ_CST);
  return orders->fault;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static int ready(void) {
  return orders != NULL && orders->armed;
}

/* The fault of a call on an open file. */
static int order_fd(int kind, int fd) {
  if (!ready()) return NONE;
  char path[4096];
  int before = errno, place = place_of_fd(fd, path, sizeof path);
  if (place == PIPE) kind = SEND;
  int fault = order_for(kind, place, path);
  errno = before;
  return fault;
}

static int order_path(int kind, int folder, const char *path) {
  if (!ready()) return NONE;
  char full[8192], base[4096];
  int before = errno;
  if (path != NULL && path[0] != '/' && folder != AT_FDCWD && place_of_fd(folder, base, sizeof base) != PIPE) {
    snprintf(full, sizeof full, "%s/%s", base, path);
    path = full;
  }
  int fault = order_for(kind, place_of_path(path), path == NULL ? "" : path);
  errno = before;
  return fault;
}

static int fail(int fault) {
  errno = fault == FULL ? ENOSPC : EIO;
  return -1;
}

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) {
  return dlsym(RTLD_NEXT, name);
}

/* A call that is done whole or not at all: killed before it, or after it. */
#define WHOLE(fault, call)                         \
  do {                                             \
    int asked_ = (fault);                          \
    if (asked_ == KILL) die();                     \
    if (asked_ == FULL || asked_ == IO) return fail(asked_); \
    __typeof__(call) done_ = (call);               \
    if (asked_ == TORN) die();                     \
    return done_;                                  \
  } while (0)

/* Whether the system may do such a call by half: little that goes through a pipe is done whole or not at all. */
static int may_halve(int fd, size_t size) {
  struct stat status;
  return size > 1 && !(size <= PIPE_BUF && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode));
}

/* A call that writes bytes: of a torn or short one half is written. */
#define BYTES(fault, size, whole, half)            \
  do {                                             \
    int asked_ = (fault);                          \
    if (asked_ == NONE) return (whole);            \
    if (asked_ == KILL) die();                     \
    if (asked_ == FULL || asked_ == IO) return fail(asked_); \
    ssize_t done_ = may_halve(fd, size) ? (half) : (whole); \
    if (asked_ == TORN) die();                     \
    return done_;                                  \
  } while (0)

ssize_t write(int fd, const void *from, size_t size) {
  static ssize_t (*next)(int, const void *, size_t);
  if (next == NULL) next = REAL(write);
  BYTES(order_fd(WRITE, fd), size, next(fd, from, size), next(fd, from, size / 2));
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
  static ssize_t (*next)(int, const void *, size_t, off_t);
  if (next == NULL) next = REAL(pwrite);
  BYTES(order_fd(WRITE, fd), size, next(fd, from, size, at), next(fd, from, size / 2, at));
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
  static ssize_t (*next)(int, const void *, size_t, off64_t);
  if (next == NULL) next = REAL(pwrite64);
  BYTES(order_fd(WRITE, fd), size, next(fd, from, size, at), next(fd, from, size / 2, at));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  static ssize_t (*next)(int, const struct iovec *, int);
  if (next == NULL) next = REAL(writev);
  BYTES(order_fd(WRITE, fd), count, next(fd, parts, count), next(fd, parts, count / 2));
}

ssize_t send(int fd, const void *from, size_t size, int flags) {
  static ssize_t (*next)(int, const void *, size_t, int);
  if (next == NULL) next = REAL(send);
  BYTES(order_fd(SEND, fd), size, next(fd, from, size, flags), next(fd, from, size / 2, flags));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  static ssize_t (*next)(int, const struct msghdr *, int);
  if (next == NULL) next = REAL(sendmsg);
  WHOLE(order_fd(SEND, fd), next(fd, message, flags));
}

int fsync(int fd) {
  static int (*next)(int);
  if (next == NULL) next = REAL(fsync);
  WHOLE(order_fd(SYNC, fd), next(fd));
}

int fdatasync(int fd) {
  static int (*next)(int);
  if (next == NULL) next = REAL(fdatasync);
  WHOLE(order_fd(SYNC, fd), next(fd));
}

int ftruncate(int fd, off_t size) {
  static int (*next)(int, off_t);
  if (next == NULL) next = REAL(ftruncate);
  WHOLE(order_fd(TRUNCATE, fd), next(fd, size));
}

int ftruncate64(int fd, off64_t size) {
  static int (*next)(int, off64_t);
  if (next == NULL) next = REAL(ftruncate64);
  WHOLE(order_fd(TRUNCATE, fd), next(fd, size));
}

int truncate(const char *path, off_t size) {
  static int (*next)(const char *, off_t);
  if (next == NULL) next = REAL(truncate);
  WHOLE(order_path(TRUNCATE, AT_FDCWD, path), next(path, size));
}

int rename(const char *from, const char *to) {
  static int (*next)(const char *, const char *);
  if (next == NULL) next = REAL(rename);
  WHOLE(order_path(RENAME, AT_FDCWD, from), next(from, to));
}

int renameat(int folder, const char *from, int other, const char *to) {
  static int (*next)(int, const char *, int, const char *);
  if (next == NULL) next = REAL(renameat);
  WHOLE(order_path(RENAME, folder, from), next(folder, from, other, to));
}

int unlink(const char *path) {
  static int (*next)(const char *);
  if (next == NULL) next = REAL(unlink);
  WHOLE(order_path(REMOVE, AT_FDCWD, path), next(path));
}

int unlinkat(int folder, const char *path, int flags) {
  static int (*next)(int, const char *, int);
  if (next == NULL) next = REAL(unlinkat);
  WHOLE(order_path(REMOVE, folder, path), next(folder, path, flags));
}

int rmdir(const char *path) {
  static int (*next)(const char *);
  if (next == NULL) next = REAL(rmdir);
  WHOLE(order_path(REMOVE, AT_FDCWD, path), next(path));
}

int mkdir(const char *path, mode_t mode) {
  static int (*next)(const char *, mode_t);
  if (next == NULL) next = REAL(mkdir);
  WHOLE(order_path(MAKE, AT_FDCWD, path), next(path, mode));
}

static int writes(int flags) {
  return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
}

#define MODE(flags, mode)                                   \
  mode_t mode = 0;                                          \
  if ((flags) & (O_CREAT | O_TMPFILE)) {                    \
    va_list more_;                                          \
    va_start(more_, flags);                                 \
    mode = va_arg(more_, mode_t);                           \
    va_end(more_);                                          \
  }

#define OPENS(name)                                                                    \
  int name(const char *path, int flags, ...) {                                         \
    static int (*next)(const char *, int, ...);                                        \
    if (next == NULL) next = REAL(name);                                               \
    MODE(flags, mode)                                                                  \
    WHOLE(writes(flags) ? order_path(OPEN, AT_FDCWD, path) : NONE, next(path, flags, mode)); \
  }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name)                                                               \
  int name(int folder, const char *path, int flags, ...) {                           \
    static int (*next)(int, const char *, int, ...);                                 \
    if (next == NULL) next = REAL(name);                                             \
    MODE(flags, mode)                                                                \
    WHOLE(writes(flags) ? order_path(OPEN, folder, path) : NONE, next(folder, path, flags, mode)); \
  }
OPENS_AT(openat)
OPENS_AT(openat64)
