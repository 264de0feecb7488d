/** What every module says of files. */
@NullMarked
package io.culvert.files;

import org.jspecify.annotations.NullMarked;
