# SPDX-License-Identifier: MIT
# Run with cmake -P at each build: writes OUTPUT, the header with the version and the commit that
# the banner shows. The file is touched only when its content changes.
cmake_policy(VERSION 3.25)
execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=10 --exclude=*
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
    set(commit "unknown")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
"/* SPDX-License-Identifier: MIT */
/* Made by configs/build_info.cmake. */
#ifndef PARAPET_BUILD_INFO_H
#define PARAPET_BUILD_INFO_H

#define PARAPET_VERSION  \"@VERSION@\"
#define PARAPET_COMMIT   \"@commit@\"
#define PARAPET_COMPILER \"@COMPILER@\"
#define PARAPET_FLAVOUR  \"@FLAVOUR@\"

#endif
" @ONLY)
