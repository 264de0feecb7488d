/** What differs between two configurations. */
@NullMarked
package io.culvert.config.diff;

import org.jspecify.annotations.NullMarked;
