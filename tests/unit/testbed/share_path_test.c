/* SPDX-License-Identifier: MIT */
#include "testbed/share_path.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "folder.h"

static char *folder;

static char *path_of(const char *name)
{
    char *path;

    ck_assert_int_gt(asprintf(&path, "%s/%s", folder, name), 0);
    return path;
}

static void make_file(const char *name)
{
    char *path = path_of(name);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    ck_assert_int_ge(fd, 0);
    close(fd);
    free(path);
}

/* shared/ with a file and a folder, outside/ with a file. */
static void set_up(void)
{
    static const char *const folders[] = { "shared", "shared/deep", "outside" };

    folder = folder_make();
    for (size_t i = 0; i < 3; i++) {
        char *path = path_of(folders[i]);

        ck_assert_int_eq(mkdir(path, 0700), 0);
        free(path);
    }
    make_file("shared/kernel");
    make_file("shared/deep/disk");
    make_file("outside/disk");
}

/* What @name is in there: @expected, or NULL. */
static void check(const char *name, const char *expected)
{
    char *share = path_of("shared"), *path = path_of(name), *inside = share_path(share, path);

    ck_assert_pstr_eq(inside, expected);
    free(share);
    free(path);
    free(inside);
}

static void make_link(const char *target, const char *name)
{
    char *path = path_of(name);

    ck_assert_int_eq(symlink(target, path), 0);
    free(path);
}

TEST(share_path, files_of_the_share)
{
    set_up();
    check("shared/kernel", "/host/kernel");
    check("shared/deep/disk", "/host/deep/disk");
    check("shared/deep/../kernel", "/host/kernel");
    check("shared/not-there", "/host/not-there");
    check("shared", "/host");
    folder_remove(folder);
}

TEST(share_path, files_elsewhere)
{
    set_up();
    check("outside/disk", NULL);
    check("shared/../outside/disk", NULL);
    check("sharedness", NULL);
    check("shared-too/disk", NULL);
    folder_remove(folder);
}

/* Inside, a link would lead to the control domain's own files. */
TEST(share_path, links_are_followed_out_here)
{
    set_up();
    make_link("shared/kernel", "link-in");
    make_link("../outside/disk", "shared/link-out");
    check("link-in", "/host/kernel");
    check("shared/link-out", NULL);
    folder_remove(folder);
}

TEST(share_path, the_whole_machine)
{
    char *inside = share_path("/", "/etc/hostname-of-nobody");

    ck_assert_str_eq(inside, "/host/etc/hostname-of-nobody");
    free(inside);
}

TEST(share_path, says_what_is_outside)
{
    char *share, *disk, *missing;

    set_up();
    share = path_of("shared");
    disk = path_of("outside/disk");
    missing = path_of("outside/missing");
    ck_assert(share_path_is_outside(share, disk));
    ck_assert(!share_path_is_outside(share, missing));
    free(share);
    free(disk);
    free(missing);
    folder_remove(folder);
}
