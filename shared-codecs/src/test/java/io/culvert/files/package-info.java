/** Tests of the what is said of files. */
@NullMarked
package io.culvert.files;

import org.jspecify.annotations.NullMarked;
