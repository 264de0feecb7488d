/** Values of the domain: immutable, free of I/O, known to every module. */
@NullMarked
package io.culvert.model;

import org.jspecify.annotations.NullMarked;
