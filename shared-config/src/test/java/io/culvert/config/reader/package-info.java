/** Tests of the configuration reader. */
@NullMarked
package io.culvert.config.reader;

import org.jspecify.annotations.NullMarked;
