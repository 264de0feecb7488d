/** What the comparisons with other programs need beside those programs. */
@NullMarked
package io.culvert.benchmarks;

import org.jspecify.annotations.NullMarked;
