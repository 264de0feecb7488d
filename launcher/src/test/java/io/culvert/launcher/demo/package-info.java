@NullMarked
package io.culvert.launcher.demo;

import org.jspecify.annotations.NullMarked;
