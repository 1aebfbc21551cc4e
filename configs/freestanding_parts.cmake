# SPDX-License-Identifier: MIT
# Builds hypervisor/ and pvguest/ as external projects, which look for changed files at each build.
include(ExternalProject)
find_program(CLANG clang)
find_program(LLD ld.lld)
add_custom_target(clang COMMENT "freestanding code by clang")

# add_freestanding_part(build-folder source-folder compiler [cmake arguments ...])
function(add_freestanding_part name source compiler)
    set(excluded OFF)
    set(byproducts "")
    if(source STREQUAL pvguest)
        set(byproducts ${PROJECT_BINARY_DIR}/${name}/pvguest-pv) # the control domain's image has it
    endif()
    if(compiler STREQUAL clang)
        set(excluded ON)
    endif()
    ExternalProject_Add(${name}
        SOURCE_DIR ${PROJECT_SOURCE_DIR}/${source}
        BINARY_DIR ${PROJECT_BINARY_DIR}/${name}
        PREFIX ${PROJECT_BINARY_DIR}/external
        CMAKE_GENERATOR Ninja
        CMAKE_ARGS -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/configs/toolchain-${compiler}.cmake
            ${ARGN}
        BUILD_COMMAND ${CMAKE_COMMAND} --build <BINARY_DIR>
        BUILD_ALWAYS ON
        BUILD_BYPRODUCTS ${byproducts}
        INSTALL_COMMAND ""
        USES_TERMINAL_BUILD ON
        EXCLUDE_FROM_ALL ${excluded})
    if(excluded)
        add_dependencies(clang ${name})
    endif()
endfunction()

# The sources of a part, to leave it out while it has none.
file(GLOB_RECURSE hypervisor_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/hypervisor/*.[cS])
file(GLOB_RECURSE pvguest_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/pvguest/*.[cS])
set(has_clang OFF)
if(CLANG AND LLD)
    set(has_clang ON)
endif()

if(hypervisor_sources)
    add_freestanding_part(hypervisor hypervisor gcc -DPARAPET_DEBUG=OFF)
    add_freestanding_part(hypervisor-debug hypervisor gcc -DPARAPET_DEBUG=ON)
    if(has_clang)
        add_freestanding_part(hypervisor-clang hypervisor clang -DPARAPET_DEBUG=OFF)
        add_freestanding_part(hypervisor-debug-clang hypervisor clang -DPARAPET_DEBUG=ON)
    endif()
else()
    message(STATUS "hypervisor/ has no sources yet")
endif()

if(pvguest_sources)
    add_freestanding_part(pvguest pvguest gcc)
    if(has_clang)
        add_freestanding_part(pvguest-clang pvguest clang)
    endif()
else()
    message(STATUS "pvguest/ has no sources yet")
endif()
