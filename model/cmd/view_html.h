/* SPDX-License-Identifier: BSD-2-Clause */
/* The viewer's page as the build made it, and the data of a model in it. */
#pragma once

#include "../host/load.h"
#include "../view/page.h"

#include <stdio.h>

/* The path of a file beside the folder that this program is in. */
void view_sibling(const char *relative, char *path, size_t size);

/* The page: $CELLMODEL_PAGE, or viewer/page.html beside the folder that this program is in. To be freed; NULL after a message. */
char *view_html_read(void);

/* Writes the page with a model in it. */
enum cm_exit view_html_write(FILE *file, const char *page, const struct view_model *model);

/* A file's name in the page: without the folders, which say more about the machine than about the model. */
const char *view_file_name(const char *path);
