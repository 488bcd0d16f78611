/* JSON text: what is written can be read back by any strict reader. */
#include "io/impl.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void escape(qd_buf_t out, unsigned char c)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the character, its letter */
    for (const char *p = named; *p != '\0'; p += 2)
        if ((unsigned char) *p == c) {
            qd_buf_printf(out, "\\%c", p[1]);
            return;
        }
    qd_buf_printf(out, "\\u%04x", c);
}

void qd_json_string(qd_buf_t out, const char *s)
{
    size_t len = strlen(s), plain = 0; /* s[plain..i) waits to be copied as it is */
    qd_buf_puts(out, "\"");
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char) s[i];
        size_t n = qd_io__utf8(s + i, len - i);
        if (n > 0 && c >= 0x20 && c != '"' && c != '\\') {
            i += n;
            continue;
        }
        qd_buf_add(out, s + plain, i - plain);
        if (n == 0) qd_buf_puts(out, "\xEF\xBF\xBD");
        else escape(out, c);
        plain = ++i;
    }
    qd_buf_add(out, s + plain, len - plain);
    qd_buf_puts(out, "\"");
}

void qd_json_double(qd_buf_t out, double x)
{
    char text[40];
    if (!isfinite(x)) {
        qd_buf_puts(out, "null");
        return;
    }
    /* 15 digits survive the way through a normal double, so fewer are %.15g without its zeros. */
    for (int digits = fabs(x) < DBL_MIN ? 1 : DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x) break;
    }
    qd_buf_puts(out, text);
}

static size_t digits(const char *s)
{
    size_t n = 0;
    while (isdigit((unsigned char) s[n])) n++;
    return n;
}

bool qd_json_is_number(const char *s)
{
    size_t n;
    if (*s == '-') s++;
    if ((n = digits(s)) == 0 || (n > 1 && *s == '0')) return false;
    s += n;
    if (*s == '.') {
        if ((n = digits(s + 1)) == 0) return false;
        s += n + 1;
    }
    if (*s == 'e' || *s == 'E') {
        s += s[1] == '+' || s[1] == '-' ? 2 : 1;
        if ((n = digits(s)) == 0) return false;
        s += n;
    }
    return *s == '\0';
}
