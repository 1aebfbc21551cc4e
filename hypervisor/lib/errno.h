/* SPDX-License-Identifier: MIT */
/*
 * The contract's error numbers by their short names. Functions that can fail return 0 or one of
 * these, negative; a hypercall's answer goes to the guest as it is.
 */
#ifndef PARAPET_LIB_ERRNO_H
#define PARAPET_LIB_ERRNO_H

#include "hypercall-abi/errno.h"

/* Host tests may have seen the C library's, which are the same numbers. */
#ifndef EINVAL
#define EPERM        XEN_EPERM
#define ENOENT       XEN_ENOENT
#define ESRCH        XEN_ESRCH
#define EINTR        XEN_EINTR
#define EIO          XEN_EIO
#define ENXIO        XEN_ENXIO
#define E2BIG        XEN_E2BIG
#define ENOEXEC      XEN_ENOEXEC
#define EBADF        XEN_EBADF
#define EAGAIN       XEN_EAGAIN
#define ENOMEM       XEN_ENOMEM
#define EACCES       XEN_EACCES
#define EFAULT       XEN_EFAULT
#define EBUSY        XEN_EBUSY
#define EEXIST       XEN_EEXIST
#define EXDEV        XEN_EXDEV
#define ENODEV       XEN_ENODEV
#define EINVAL       XEN_EINVAL
#define ENOSPC       XEN_ENOSPC
#define EROFS        XEN_EROFS
#define EDOM         XEN_EDOM
#define ERANGE       XEN_ERANGE
#define EDEADLK      XEN_EDEADLK
#define ENAMETOOLONG XEN_ENAMETOOLONG
#define ENOSYS       XEN_ENOSYS
#define ENODATA      XEN_ENODATA
#define ETIME        XEN_ETIME
#define EOVERFLOW    XEN_EOVERFLOW
#define EILSEQ       XEN_EILSEQ
#define ERESTART     XEN_ERESTART
#define EISCONN      XEN_EISCONN
#define ENOTCONN     XEN_ENOTCONN
#define EADDRINUSE   XEN_EADDRINUSE
#define EOPNOTSUPP   XEN_EOPNOTSUPP
#define ETIMEDOUT    XEN_ETIMEDOUT
#define ENOBUFS      XEN_ENOBUFS
#endif

#endif
