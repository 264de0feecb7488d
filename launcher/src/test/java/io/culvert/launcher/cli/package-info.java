@NullMarked
package io.culvert.launcher.cli;

import org.jspecify.annotations.NullMarked;
