/** main, the command line, and the start and drain of a node. */
@NullMarked
package io.culvert.launcher;

import org.jspecify.annotations.NullMarked;
