/* SPDX-License-Identifier: MIT */
/* In place of the generated header. */
#ifndef PARAPET_BUILD_INFO_H
#define PARAPET_BUILD_INFO_H

#define PARAPET_VERSION  "0"
#define PARAPET_COMMIT   "none"
#define PARAPET_COMPILER "host"
#define PARAPET_FLAVOUR  "test"

#endif
