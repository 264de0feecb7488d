/** Decides where a session goes. */
@NullMarked
package io.culvert.router;

import org.jspecify.annotations.NullMarked;
