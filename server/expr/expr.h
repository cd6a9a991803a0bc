#pragma once

/* expr: rules in the language JSONata. */
