#include <math.h>
#include <string.h>

#include "brand/brand_int.h"

#define DEGREES (180.0 / 3.14159265358979323846)

bool colour_parse(struct str text, struct rgb *out)
{
    uint8_t v[3];
    size_t n;

    if (text.n != 7 || text.p[0] != '#' || !hex_decode((struct str){text.p + 1, 6}, v, sizeof(v), &n) || n != 3)
        return false;
    *out = (struct rgb){v[0], v[1], v[2]};
    return true;
}

const char *colour_text(struct arena *a, struct rgb c)
{
    return arena_f(a, "#%02x%02x%02x", c.r, c.g, c.b);
}

static double linear(uint8_t v)
{
    double x = v / 255.0;

    return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

static uint8_t gamma_of(double x)
{
    double v = x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055;

    return (uint8_t)lround(fmin(fmax(v, 0), 1) * 255);
}

/* The matrices of Björn Ottosson's Oklab, as CSS Color 4 has them. */
struct oklch colour_oklch(struct rgb c)
{
    double r = linear(c.r), g = linear(c.g), b = linear(c.b);
    double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    double x = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
    double y = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
    double h = atan2(y, x) * DEGREES;

    return (struct oklch){0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s, hypot(x, y), h < 0 ? h + 360 : h};
}

struct linear_rgb {
    double r, g, b;
};

static struct linear_rgb linear_of(struct oklch c)
{
    double x = c.c * cos(c.h / DEGREES), y = c.c * sin(c.h / DEGREES);
    double l = pow(c.l + 0.3963377774 * x + 0.2158037573 * y, 3);
    double m = pow(c.l - 0.1055613458 * x - 0.0638541728 * y, 3);
    double s = pow(c.l - 0.0894841775 * x - 1.2914855480 * y, 3);

    return (struct linear_rgb){4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
                               -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
                               -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

static bool has(double v)
{
    return v >= -0.0001 && v <= 1.0001;
}

static bool on_screen(struct oklch c)
{
    struct linear_rgb v = linear_of(c);

    return has(v.r) && has(v.g) && has(v.b);
}

struct rgb colour_rgb(struct oklch c)
{
    struct linear_rgb v;

    if (!on_screen(c)) {
        double fits = 0, over = c.c;

        for (int i = 0; i < 24; i++) {
            c.c = (fits + over) / 2;
            *(on_screen(c) ? &fits : &over) = c.c;
        }
        c.c = fits;
    }
    v = linear_of(c);
    return (struct rgb){gamma_of(v.r), gamma_of(v.g), gamma_of(v.b)};
}

static double luminance(struct rgb c)
{
    return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

double colour_contrast(struct rgb a, struct rgb b)
{
    double x = luminance(a), y = luminance(b);

    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}
