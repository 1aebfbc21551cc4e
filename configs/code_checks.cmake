# SPDX-License-Identifier: MIT
# Build targets: format, check-format, tidy.
add_custom_target(format
    COMMAND ${PROJECT_SOURCE_DIR}/configs/format.sh
    COMMENT "clang-format" USES_TERMINAL VERBATIM)
add_custom_target(check-format
    COMMAND ${PROJECT_SOURCE_DIR}/configs/format.sh --check
    COMMENT "clang-format, dry run" USES_TERMINAL VERBATIM)
# clang-tidy reads the compile commands of the clang builds, so those come first.
add_custom_target(tidy
    COMMAND ${PROJECT_SOURCE_DIR}/configs/tidy.sh ${PROJECT_BINARY_DIR}
    COMMENT "clang-tidy" USES_TERMINAL VERBATIM)
add_dependencies(tidy clang)
