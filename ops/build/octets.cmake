# A file as the octets of a C array, NUL behind them: for the scripts that build documents into the program.
function(octets_of file out)
  file(READ ${file} octets HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" octets "${octets}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," octets "${octets}")
  set(${out} "${octets}0" PARENT_SCOPE)
endfunction()
