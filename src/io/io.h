/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: files in and out.

   doc    a JSON or YAML document as a tree that remembers line, column and the text of each number
   node   the way through that tree, with messages that name the place
   json   JSON text
   csv    comma-separated values, by record
   record a struct as a line of text
   file   files that appear whole or not at all
   lock, ledger, folder   what a long work keeps on the way: who owns it, which items are done, whose folder it is

   Foreign library: libfyaml (JSON strict, YAML 1.2), used in doc.c only. */
#ifndef QD_IO_H
#define QD_IO_H

#include <pthread.h>
#include <stdbool.h>

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- reading documents ------------------------------------------------------------------- */

typedef enum { QD_JSON, QD_YAML } qd_doc_format;

typedef enum { QD_NODE_NULL, QD_NODE_BOOL, QD_NODE_NUMBER, QD_NODE_STRING, QD_NODE_ARRAY, QD_NODE_OBJECT } qd_node_type;

typedef struct qd_node qd_node; /* borrowed from its document, never freed by the caller */

typedef struct {
    void *impl; /* owned; NULL while empty */
} qd_doc_struct;
typedef qd_doc_struct qd_doc_t[1];

void qd_doc_init(qd_doc_t doc);
void qd_doc_clear(qd_doc_t doc);

/* Reads a whole file (or the len bytes of text). JSON is strict: one value, quoted keys, no
   comments, no trailing comma, numbers by the JSON grammar, UTF-8. YAML: one document, no aliases or
   anchors, no tags; plain scalars that are JSON numbers are numbers, true/false and null/~ are what they say,
   everything else is a string. Keys are texts; a duplicate is an error, and so are control characters,
   bytes that are not UTF-8, 10000 blanks in a row (outside JSON strings) and more than 500 arrays and objects inside one another, in both. A column
   counts characters (code points), not bytes. Messages do not repeat the path: the command prefixes it.
     ->     QD_OK; QD_EIO when the file cannot be read; QD_EINPUT with "line L, column C: ..." otherwise;
            on failure doc keeps what it held
     cost   linear, 30 to 100 ns a byte, but for one case: libfyaml holds all tokens of an outermost
            JSON array of plain values at once, and of each such array inside an array; 200 bytes of memory
            and up to 600 ns a byte of that array */
qd_status qd_doc_read(qd_doc_t doc, const char *path, qd_doc_format format, qd_ctx_t ctx);
qd_status qd_doc_parse(qd_doc_t doc, const char *text, size_t len, qd_doc_format format, qd_ctx_t ctx);

const qd_node *qd_doc_root(const qd_doc_t doc);

qd_node_type qd_node_kind(const qd_node *node);
const char *qd_node_kind_name(const qd_node *node); /* "an object", "a number", ... for messages */

/* Length of an array or number of members of an object; 0 for a scalar. */
int64_t qd_node_count(const qd_node *node);
/* Item i of an array, 0 <= i < count. Cost O(1). */
const qd_node *qd_node_item(const qd_node *array, int64_t i);
/* Member by name, or NULL when absent. Cost: linear in the number of members. */
const qd_node *qd_node_member(const qd_node *object, const char *key);
/* Member i in file order: its key (borrowed, '\0'-terminated) and its value. */
const char *qd_node_key_at(const qd_node *object, int64_t i);
const qd_node *qd_node_value_at(const qd_node *object, int64_t i);
/* The text of a string (unescaped) or of a number (digit for digit as written), '\0'-terminated and
   borrowed; len may be NULL. A string with an embedded '\0' has *len > strlen. */
const char *qd_node_text(const qd_node *scalar, size_t *len);

/* Records "line L, column C: <sentence>" for this node; returns QD_EINPUT. */
qd_status qd_node_fail(const qd_node *node, qd_ctx_t ctx, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Typed access with full messages. `what` names the value in the message ("'threads'"). A NULL node is an error that the caller must
   have excluded.   -> QD_OK; QD_EINPUT: another type, or out of range: found and expected are named, with line and column */
qd_status qd_node_get_int(int64_t *v, const qd_node *node, int64_t min, int64_t max, const char *what, qd_ctx_t ctx);
qd_status qd_node_get_double(double *v, const qd_node *node, double min, double max, const char *what,
                             qd_ctx_t ctx); /* finite; text may be a JSON number or a string of one */
qd_status qd_node_get_bool(bool *v, const qd_node *node, const char *what, qd_ctx_t ctx);
qd_status qd_node_get_string(const char **v, const qd_node *node, const char *what, qd_ctx_t ctx);
qd_status qd_node_get_array(const qd_node *node, const char *what, qd_ctx_t ctx); /* is it one? */
qd_status qd_node_get_object(const qd_node *node, const char *what, qd_ctx_t ctx);

/* Members that may be absent: *v stays as it is when the object (NULL: none) has no such key. The key names the value in messages.
     -> as above */
qd_status qd_node_optional_int(int64_t *v, const qd_node *object, const char *key, int64_t min, int64_t max, qd_ctx_t ctx);
qd_status qd_node_optional_double(double *v, const qd_node *object, const char *key, double min, double max, qd_ctx_t ctx);
qd_status qd_node_optional_bool(bool *v, const qd_node *object, const char *key, qd_ctx_t ctx);
qd_status qd_node_optional_string(const char **v, const qd_node *object, const char *key, qd_ctx_t ctx); /* borrowed */

/* QD_OK, or QD_EINPUT naming the first member of the object whose key is not in the NULL-terminated list, with
   the allowed keys: line 4, column 3: unknown key 'widht' in the layer; known keys are 'kind', ... */
qd_status qd_node_only_keys(const qd_node *object, const char *const *keys, const char *what, qd_ctx_t ctx);
/* The member, or QD_EINPUT, which names the missing key and the place of the object.   cost  as qd_node_member */
qd_status qd_node_need(const qd_node **member, const qd_node *object, const char *key, const char *what, qd_ctx_t ctx);

/* ---- writing ----------------------------------------------------------------------------- */

/* Is the whole text one number by the JSON grammar? */
bool qd_json_is_number(const char *s);

/* What one document may hold inside one another; a document that was read holds at most 500. */
#define QD_JSON_DEPTH 512

/* JSON text as it is written, piece by piece: commas, blanks, quotes and brackets come by themselves. Every value takes its key, NULL
   in an array and on the outside; a key too many or too few, a second value on the outside and an end too many are caught by assert. */
typedef struct {
    qd_buf_struct *out;       /* borrowed: the text is appended */
    int depth;                /* arrays and objects that are open */
    bool first;               /* nothing stands in the innermost one yet */
    bool tight;               /* no blanks behind commas and colons */
    int indent;               /* of the new line that comes next, -1: none */
    char open[QD_JSON_DEPTH]; /* the brackets that close them */
} qd_json_struct;
typedef qd_json_struct qd_json_t[1]; /* plain data: owns nothing */

void qd_json_init(qd_json_t w, qd_buf_t out);
void qd_json_object(qd_json_t w, const char *key); /* begins one */
void qd_json_array(qd_json_t w, const char *key);
void qd_json_end(qd_json_t w);    /* the end of the innermost array or object */
void qd_json_finish(qd_json_t w); /* the end of the line: all is closed, and another value may begin on the next one */
void qd_json_null(qd_json_t w, const char *key);
void qd_json_bool(qd_json_t w, const char *key, bool yes);
void qd_json_truth(qd_json_t w, const char *key, qd_truth truth); /* null for QD_UNKNOWN */
void qd_json_int(qd_json_t w, const char *key, int64_t x);
void qd_json_ints(qd_json_t w, const char *key, const int64_t *x, int64_t n); /* an array of n */
void qd_json_uint(qd_json_t w, const char *key, uint64_t x);
/* The first of %.1g ... %.17g that reads back as the same double; null for non-finite values. */
void qd_json_double(qd_json_t w, const char *key, double x);
void qd_json_string(qd_json_t w, const char *key, const char *s); /* bytes that are not UTF-8 become U+FFFD */
/* A value that is JSON text already: a number of any length, a document from elsewhere. */
void qd_json_raw(qd_json_t w, const char *key, const char *text);
/* A value that was read: what it says in one form, without comments, numbers as they are written. */
void qd_json_node(qd_json_t w, const char *key, const qd_node *node);
/* Layout: what comes next, a value, a key or a closing bracket, stands on a new line behind so many blanks. */
void qd_json_line(qd_json_t w, int indent);
void qd_json_tight(qd_json_t w, bool tight); /* from here on, no blanks behind commas and colons */

/* ---- CSV --------------------------------------------------------------------------------- */

/* Comma-separated values by RFC 4180, one record at a time. */
typedef struct {
    char separator;       /* of fields: a comma, unless it is set after qd_csv_init */
    const char *at, *end; /* borrowed: what is left of the text */
    int64_t line;         /* of the record read last, from 1; a quoted field may span lines */
    int64_t next;         /* line of `at` */
    int64_t nfields, room;
    size_t *start, *length; /* owned: fields in text, which ends each with '\0' */
    qd_buf_t text;
} qd_csv;

void qd_csv_init(qd_csv *csv, const char *text, size_t len);
void qd_csv_clear(qd_csv *csv);
/* Reads the next record that is not an empty line; nfields = 0 at the end of the text. Lines end with LF or CRLF.
     -> QD_EINPUT: a quote inside a field without quotes, text behind a closing quote, a quote that is not closed */
qd_status qd_csv_next(qd_csv *csv, qd_ctx_t ctx);
const char *qd_csv_field(const qd_csv *csv, int64_t i);
/* Appends one field, in quotes where it needs them or where they are asked for. */
void qd_csv_print(qd_buf_t out, const char *s, bool quotes);

/* ---- records ------------------------------------------------------------------------------ */

/* A struct as one line, "regions=12 error=0x1.8p-3 widths=2,3,1", for results that are kept and read back. */
typedef enum {
    QD_FIELD_INT,    /* int64_t in min..max */
    QD_FIELD_ENUM,   /* an enumeration, or int, in min..max */
    QD_FIELD_DOUBLE, /* any double, kept to the last bit, infinities and NaN too */
    QD_FIELD_TEXT    /* char *, owned by the record, never NULL when it is printed; no blanks, tabs or line ends */
} qd_field_type;

typedef struct {
    const char *name; /* NULL ends a list of fields */
    qd_field_type type;
    size_t offset; /* offsetof(struct, member) */
    int64_t min, max;
} qd_field;

void qd_record_print(qd_buf_t out, const qd_field *field, const void *record);
/* The text must hold these fields in this order and nothing else.
     -> QD_EINPUT with a sentence that names the field; the record holds a part then. qd_record_clear in either case */
qd_status qd_record_read(void *record, const qd_field *field, const char *text, qd_ctx_t ctx);
void qd_record_clear(void *record, const qd_field *field); /* frees its texts */

/* ---- whole files -------------------------------------------------------------------------- */

/* Writes the whole file under a temporary name in the same folder, syncs and renames it; on failure nothing is left
   behind and an existing file is untouched. path "-" writes to stdout; a link is followed; a device or a
   pipe is written in place.   -> QD_OK; QD_EIO: the message names the path */
qd_status qd_file_write(const char *path, const char *data, size_t len, qd_ctx_t ctx);
/* Could qd_file_write succeed, as far as can be told before there is something to write? It tries: the folder of path takes a new file, and
   path is no folder. Removes what a killed process left in the place of path.
     -> QD_OK; QD_EIO: the message names the path */
qd_status qd_file_check(const char *path, qd_ctx_t ctx);
/* Reads a whole file into b, which it replaces; path "-" reads standard input. -> QD_OK; QD_EIO: the message
   does not name the path, and b may hold a part. */
qd_status qd_file_read(qd_buf_t b, const char *path, qd_ctx_t ctx);
/* Makes a folder and its parents; an existing folder is fine.   -> QD_OK; QD_EIO: the message names the path */
qd_status qd_folder_make(const char *path, qd_ctx_t ctx);

/* ---- what a long work keeps -------------------------------------------------------------- */

/* Opens the file, made where create says so, and locks it: until *fd is closed or this process ends, nobody else gets it, not even this
   process. *fd stays -1 where there is no file. What the file is called is checked behind the lock, so that an owner may remove his file.
     what   "table": what two cannot work on at once, for the message
     -> QD_EINPUT: somebody else has it; QD_EIO; both name the path */
qd_status qd_file_lock(int *fd, const char *path, bool create, const char *what, qd_ctx_t ctx);

/* The ledger of a list of items: which are done and what came out, in memory and, when it is open, in a file that the same work
   goes on from. The file is a header line and a line for each item, "item <tab> seconds <tab> record <tab> checksum". */
typedef struct {
    const qd_field *field; /* borrowed: what a record holds */
    size_t size;           /* of one record, bytes */
    int64_t nitems;
    char *record;    /* owned: nitems structs, all 0 where there is none yet */
    bool *there;     /* owned */
    double *seconds; /* owned: what it took */
    char *path;      /* owned; NULL: no file */
    int fd;          /* locked; -1: no file */
    int64_t length;  /* of the whole lines, bytes */
    int64_t cut;     /* bytes of a damaged end that qd_ledger_open has cut off, from the line cut_line on */
    int64_t cut_line;
    double synced_s;
    pthread_mutex_t mutex;
} qd_ledger_struct;
typedef qd_ledger_struct qd_ledger_t[1];

void qd_ledger_init(qd_ledger_t l, const qd_field *field, size_t size, int64_t nitems);
void qd_ledger_clear(qd_ledger_t l); /* the file stays */
void *qd_ledger_record(const qd_ledger_t l, int64_t item);
int64_t qd_ledger_done(const qd_ledger_t l); /* items; cost O(nitems) */
/* Opens or makes the file, locks it and reads what is there. An end that is damaged, as a crash leaves it, is cut off.
     header what the items are, one line: the file of another header is refused
     -> QD_OK; QD_EIO; QD_EINPUT: the file belongs to something else, is damaged before its end, or another process works on it; it is
        left untouched then */
qd_status qd_ledger_open(qd_ledger_t l, const char *path, const char *header, qd_ctx_t ctx);
/* Notes a finished item, whose record is filled in. Callable from inside qd_parallel_for, once for each item.
     -> QD_EIO: the line could not be written, and no part of it is there */
qd_status qd_ledger_add(qd_ledger_t l, int64_t item, double seconds, qd_ctx_t ctx);
void qd_ledger_remove(qd_ledger_t l); /* removes the file: all is done */

/* A folder that belongs to one run: what a kind of runs keeps there. */
typedef struct {
    const char *what;         /* "run": for messages, as are the next three */
    const char *begin;        /* "without --resume a new one is begun" */
    const char *go_on;        /* "--resume goes on with it"; NULL: a run that is there is gone on with without being asked */
    const char *replace;      /* "--force replaces it" */
    const char *identity;     /* "config.json": a file whose text says whose folder it is */
    const char *const *files; /* ends with NULL: what else the run writes */
    const char *parts;        /* a folder inside for safetensors files on the way, or NULL */
} qd_folder_kind;

typedef struct {
    const qd_folder_kind *kind;
    qd_buf_t path;
    int lock;   /* -1: not open */
    bool begun; /* the run was there already */
} qd_folder_struct;
typedef qd_folder_struct qd_folder_t[1];

typedef enum { QD_FOLDER_NEW, QD_FOLDER_GO_ON, QD_FOLDER_REPLACE } qd_folder_way;

void qd_folder_init(qd_folder_t f);
/* Takes the folder for a run whose identity is the text, and makes it where there is none. Until qd_folder_clear it is this process's:
   the file .quadric-lock, which stays, is locked. A new run finds none of its files; files of another run, or of somebody else, go only
   by QD_FOLDER_REPLACE. What killed processes left half-written is removed.
     -> QD_EINPUT: another process works there, the run there is another one, files are there that belong to none, there is no run to go
        on with; QD_EIO: a file could not be written. Then nothing of the run is changed */
qd_status qd_folder_open(qd_folder_t f, const qd_folder_kind *kind, const char *path, const char *text, qd_folder_way way, qd_ctx_t ctx);
void qd_folder_clear(qd_folder_t f); /* gives it back; an empty folder for parts goes */
/* The path of a file in it, in path, which is returned as text. */
const char *qd_folder_path(qd_buf_t path, const qd_folder_t f, const char *name);
bool qd_folder_has(const qd_folder_t f, const char *name);
qd_status qd_folder_write(const qd_folder_t f, const char *name, const qd_buf_t text, qd_ctx_t ctx); /* as qd_file_write */

/* ---- safetensors and gzip ------------------------------------------------------------------ */

/* A safetensors file: named arrays and a table of texts. */
typedef enum { QD_ST_F32, QD_ST_F64, QD_ST_F16, QD_ST_BF16, QD_ST_OTHER } qd_st_type; /* the last one without values here */

/* A float16 or bfloat16 as a double, exactly. */
double qd_half_get(uint16_t bits);
double qd_bfloat_get(uint16_t bits);

typedef struct {
    char *name; /* owned by the file */
    qd_st_type type;
    int ndim;
    int64_t shape[8];
    int64_t count;    /* product of the shape */
    const void *data; /* little-endian, borrowed; may be unaligned: use qd_st_get */
} qd_st_tensor;

typedef struct {
    int64_t n, nmeta;
    qd_st_tensor *tensor; /* owned, in the order of the file's bytes */
    char **key, **text;   /* owned: metadata */
    void *impl;           /* owned: the bytes */
} qd_st_struct;
typedef qd_st_struct qd_st_t[1];

void qd_st_init(qd_st_t st);
void qd_st_clear(qd_st_t st);
/* Reads a whole file and checks everything: header length, JSON, shapes, offsets that leave no gap and do not overlap; the size of the
   data where the type is known.
     -> QD_EIO; QD_EINPUT with a sentence that names what was found and expected; the message does not name the path */
qd_status qd_st_read(qd_st_t st, const char *path, qd_ctx_t ctx);
const qd_st_tensor *qd_st_find(const qd_st_t st, const char *name); /* NULL: none */
const char *qd_st_meta(const qd_st_t st, const char *key);          /* NULL: none */
double qd_st_get(const qd_st_tensor *tensor, int64_t i);            /* exact for all types but QD_ST_OTHER */
/* Has the tensor this shape, and entries with a value?
     -> QD_EINPUT: "the tensor 'layers.0.w': (8, 1) expected, found (1, 8): transposed?" */
qd_status qd_st_check(const qd_st_tensor *tensor, int ndim, const int64_t *shape, qd_ctx_t ctx);
/* Building one to write: data is copied; float32 or float64. */
void qd_st_add(qd_st_t st, const char *name, qd_st_type type, int ndim, const int64_t *shape, const void *data);
void qd_st_set_meta(qd_st_t st, const char *key, const char *text);
/* Atomic, like qd_file_write; a function of the contents alone, byte for byte. */
qd_status qd_st_write(const char *path, const qd_st_t st, qd_ctx_t ctx);

/* Reads a file that is plain or gzip into b (told by its first bytes).   -> QD_OK; QD_EIO; QD_EINPUT: gzip data that are damaged, or too many */
qd_status qd_file_read_gzip(qd_buf_t b, const char *path, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
