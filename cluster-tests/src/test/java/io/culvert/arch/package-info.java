/** The rules of import, and proof that each of them can fail. */
@NullMarked
package io.culvert.arch;

import org.jspecify.annotations.NullMarked;
