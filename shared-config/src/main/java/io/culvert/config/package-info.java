/** The configuration as validated, immutable records. */
@NullMarked
package io.culvert.config;

import org.jspecify.annotations.NullMarked;
