// What the target text.cpp is built for.
extern const char fuzz_operation[];
const char fuzz_operation[] = FUZZ_OPERATION;
