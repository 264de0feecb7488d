/** Logging as V2Ray has it: the log's lines and the access log. */
@NullMarked
package io.culvert.launcher.log;

import org.jspecify.annotations.NullMarked;
