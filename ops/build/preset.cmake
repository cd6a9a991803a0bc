set(warnings -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 -Wno-format-nonliteral
             -Wno-missing-field-initializers -Werror)
# Outputs stay untouched on failure, which the optimiser's guess does not follow through enum err.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND warnings -Wno-maybe-uninitialized)
else() # it is gcc that judges
  list(APPEND warnings -Wno-error)
endif()
add_compile_options(${warnings} -fno-common -fno-omit-frame-pointer -g)
add_compile_definitions(_GNU_SOURCE)

if(TENON_PRESET STREQUAL "dev")
  add_compile_options(-O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(TENON_PRESET STREQUAL "tsan")
  add_compile_options(-O1 -fsanitize=thread)
  add_link_options(-fsanitize=thread)
elseif(TENON_PRESET STREQUAL "fuzz") # by clang, with libFuzzer: tests/fuzz/run
  add_compile_options(-O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(TENON_PRESET STREQUAL "release")
  add_compile_options(-O2 -fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=2 -fPIE)
  add_link_options(-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
else()
  message(FATAL_ERROR "TENON_PRESET must be dev, tsan, release or fuzz, not ${TENON_PRESET}")
endif()

# Some sixty programs are linked from the same objects, and lld takes half of what ld does. The other presets link a few.
find_program(LLD ld.lld)
if(LLD AND TENON_PRESET STREQUAL "dev")
  add_link_options(-fuse-ld=lld)
endif()
