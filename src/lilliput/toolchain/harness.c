/* Runs a model in an ordinary program: reads inputs.bin, writes outputs.bin and, for a traced model,
 * trace.bin. The generated binding.h names the model's functions and buffers. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "binding.h"

struct buffer {
    void *data;
    size_t bytes;
};

struct constant_buffer {
    const void *data;
    size_t bytes;
};

static FILE *trace_file;
static int32_t current_set;

static FILE *open_file(const char *name, const char *mode)
{
    FILE *file = fopen(name, mode);
    if (file == NULL) {
        perror(name);
        exit(1);
    }
    return file;
}

static void put(FILE *file, const void *bytes, size_t count)
{
    if (count != 0 && fwrite(bytes, 1, count, file) != count) {
        perror("the results cannot be written");
        exit(1);
    }
}

/* A record is the number of the input set, the node, the output and the number of bytes, and then the bytes.
 */
void MODEL_TRACE(int32_t node, int32_t output, const void *data, int32_t bytes);
void MODEL_TRACE(int32_t node, int32_t output, const void *data, int32_t bytes)
{
    int32_t head[4] = {current_set, node, output, bytes};
    put(trace_file, head, sizeof head);
    put(trace_file, data, (size_t)bytes);
}

int main(int count, char **arguments)
{
    FILE *inputs = open_file("inputs.bin", "rb");
    FILE *outputs = open_file("outputs.bin", "wb");
    trace_file = open_file("trace.bin", "wb");
    int32_t sets = count > 1 ? (int32_t)atol(arguments[1]) : 0;
    for (current_set = 0; current_set < sets; current_set++) {
        struct buffer model_inputs[] = {MODEL_INPUTS};
        for (size_t i = 0; i < sizeof model_inputs / sizeof *model_inputs; i++) {
            if (fread(model_inputs[i].data, 1, model_inputs[i].bytes, inputs) != model_inputs[i].bytes) {
                fputs("inputs.bin is too short\n", stderr);
                return 1;
            }
        }
        MODEL_RUN;
        struct constant_buffer model_outputs[] = {MODEL_OUTPUTS};
        for (size_t i = 0; i < sizeof model_outputs / sizeof *model_outputs; i++) {
            put(outputs, model_outputs[i].data, model_outputs[i].bytes);
        }
    }
    if (fclose(outputs) != 0 || fclose(trace_file) != 0) {
        perror("the results cannot be written");
        return 1;
    }
    return fclose(inputs);
}
