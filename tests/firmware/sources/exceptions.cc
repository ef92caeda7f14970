// C++ with exceptions: unwind tables, landing pads and the library that needs them.
#include <stdexcept>
#include <string>
#include <vector>

extern "C" {
#include "drivers.h"
}

static std::vector<std::string> parts(const std::string &text)
{
    std::vector<std::string> found;
    std::string part;
    for (char letter : text) {
        if (letter == '!') {
            throw std::invalid_argument("no exclamation marks");
        }
        if (letter == ' ') {
            found.push_back(part);
            part.clear();
        } else {
            part += letter;
        }
    }
    return found;
}

int main()
{
    try {
        return static_cast<int>(parts("one two three").size());
    } catch (const std::exception &error) {
        driver_send(error.what(), 5);
        return 1;
    }
}
