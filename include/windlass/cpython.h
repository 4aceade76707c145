/* windlass cpython: functions of a CPython module on short texts, called as CPython calls its own.
   Such a call costs a tenth of one through a foreign function interface. Nothing of CPython is
   compiled in or linked: it hands over the functions that are needed, all of its stable ABI. The
   Python package makes its own functions of these. */
#ifndef WINDLASS_CPYTHON_H
#define WINDLASS_CPYTHON_H
#include <windlass/core.h>

/* CPython's METH_FASTCALL | METH_KEYWORDS; holds the GIL. */
typedef void *(*wdl_cpython_fn)(void *self, void *const *arguments, intptr_t count, void *names);

typedef struct wdl_cpython {
  const void *unicode, *bytes;          /* &PyUnicode_Type, &PyBytes_Type */
  void *(*type)(void *object);          /* PyObject_Type */
  void (*release)(void *object);        /* Py_DecRef */
  intptr_t (*length)(void *text);       /* PyUnicode_GetLength */
  char *(*data)(void *bytes);           /* PyBytes_AsString */
  intptr_t (*size)(void *bytes);        /* PyBytes_Size */
  intptr_t (*entries)(void *set);       /* PySet_Size */
  void *(*find)(void *dict, void *key); /* PyDict_GetItemWithError */
  int64_t (*number)(void *integer);     /* PyLong_AsLongLong */
  void *(*integer)(int64_t number);     /* PyLong_FromLongLong */
  void (*clear)(void);                  /* PyErr_Clear */
  /* PyObject_Vectorcall */
  void *(*call)(void *function, void *const *arguments, intptr_t count, void *names);
  /* Bytes from a str to its state, to its characters, and to these where all are ASCII; the state's
     bits up to the width (unicodeobject.h). */
  int32_t state, characters, ascii, shift;
  void *otherwise; /* what does what is not done here, with the same arguments */
  void *in_force;  /* a set: while it has entries, all is left to `otherwise` */
  /* Dicts that have the ids of operations (text.h), ready for bytes and for str of ASCII, by their
     needle, which is of that type. NULL for "count_doubles". */
  void *of_bytes, *of_str;
} wdl_cpython;

/* Gives the function of an operation: "count_doubles" of one text, "count", "find" and "rfind" of a
   text and a needle. It answers for bytes and str of up to 64 KiB as only arguments; all else, and
   what is wrong, is left to `otherwise`. The objects and functions given have to stay; giving
   others for the same operation replaces them, which nobody may do while its function runs: one
   interpreter a process. Errors: WDL_BAD_ARGUMENT, WDL_UNKNOWN_NAME. */
WDL_API wdl_status wdl_cpython_text(wdl_context ctx, const char *operation,
                                    const wdl_cpython *python, wdl_cpython_fn *out);
#endif
