@NullMarked
package io.culvert.launcher;

import org.jspecify.annotations.NullMarked;
