/* SPDX-License-Identifier: MIT */
/*
 * Where the elements of the document that was read stand. Errors that come later, from the host or
 * from pvd, name the element that they are about; the user wants to know the line too.
 */
#ifndef PARAPET_TOOLSTACK_PVCTL_PLACES_H
#define PARAPET_TOOLSTACK_PVCTL_PLACES_H

#include "pvctl/report.h"

/* places_keep - those of the document @file, in place of what was kept. */
void places_keep(const struct report *report, const char *file);

/* places_find - file and line of an error that has a path and no file; otherwise it stays. */
void places_find(struct error *error);

#endif
