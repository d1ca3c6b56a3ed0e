/* Preloaded before the C library: the n-th call that writes fails as on a full disk (STRIATE_FAIL_AT=n), or it and all
 * after it (STRIATE_FAIL_FROM=n). Without either it counts, and leaves the count in the file STRIATE_COUNT. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long made, at, from;

__attribute__((constructor)) static void begin(void) {
    const char *one = getenv("STRIATE_FAIL_AT"), *all = getenv("STRIATE_FAIL_FROM");
    at = one ? atol(one) : 0;
    from = all ? atol(all) : 0;
}

__attribute__((destructor)) static void end(void) {
    const char* name = getenv("STRIATE_COUNT");
    FILE* file = name ? fopen(name, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", made);
        fclose(file);
    }
}

static int fails(void) {
    const long now = __atomic_add_fetch(&made, 1, __ATOMIC_SEQ_CST);
    if ((at == 0 || now != at) && (from == 0 || now < from)) return 0;
    errno = ENOSPC;
    return 1;
}

/* Terminals and pipes are no disks. */
static int is_file(int fd) {
    struct stat found;
    return fd > 2 && fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
    return fails() ? -1 : syscall(SYS_pwrite64, fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off_t offset) { return pwrite(fd, bytes, size, offset); }
ssize_t write(int fd, const void* bytes, size_t size) {
    return is_file(fd) && fails() ? -1 : syscall(SYS_write, fd, bytes, size);
}
int ftruncate(int fd, off_t size) { return fails() ? -1 : (int)syscall(SYS_ftruncate, fd, size); }
int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }
int fsync(int fd) { return fails() ? -1 : (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return fails() ? -1 : (int)syscall(SYS_fdatasync, fd); }
int rename(const char* old, const char* new) {
    return fails() ? -1 : (int)syscall(SYS_renameat, AT_FDCWD, old, AT_FDCWD, new);
}
int renameat2(int a, const char* old, int b, const char* new, unsigned flags) {
    return fails() ? -1 : (int)syscall(SYS_renameat2, a, old, b, new, flags);
}
