// stb_image as Striate uses it. Its readers of other formats take a file that breaks off for a whole one.
#pragma once
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_PNM
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG  // reasons in words
#include <stb/stb_image.h>
