@NullMarked
package io.culvert.config.diff;

import org.jspecify.annotations.NullMarked;
