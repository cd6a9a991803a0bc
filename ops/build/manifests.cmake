# Manifests of connectors, tenants/connectors/*/manifest.json, become a table in the program: gen/manifest_shipped.c.
# Included by the build; run as a script (cmake -D OUT=… -D FILES=a;b -P) it writes the table.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  file(GLOB manifests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tenants/connectors/*/manifest.json)
  list(SORT manifests)
  add_custom_command(OUTPUT ${TENON_GEN}/manifest_shipped.c
                     COMMAND ${CMAKE_COMMAND} -D OUT=${TENON_GEN}/manifest_shipped.c -D "FILES=${manifests}"
                             -P ${CMAKE_CURRENT_LIST_FILE}
                     DEPENDS ${manifests} ${CMAKE_CURRENT_LIST_FILE}
                     COMMENT "shipped manifests" VERBATIM)
  target_sources(room_manifest PRIVATE ${TENON_GEN}/manifest_shipped.c)
  return()
endif()

set(texts "")
set(rows "")
set(n 0)
foreach(file ${FILES})
  file(READ ${file} octets HEX)
  get_filename_component(name ${file} DIRECTORY)
  get_filename_component(name ${name} NAME)
  string(REGEX REPLACE "(................................)" "\\1\n" octets "${octets}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," octets "${octets}")
  string(APPEND texts "static const unsigned char text_${n}[] = {\n${octets}0};\n")
  string(APPEND rows "    {\"${name}\", (const char *)text_${n}, sizeof(text_${n}) - 1},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT} "#include \"manifest/manifest_int.h\"\n\n${texts}
const struct manifest_shipped manifest_shipped_table[] = {\n${rows}    {}};
const size_t manifest_shipped_count = ${n};\n")
