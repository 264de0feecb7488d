/** What loads a farm while {@code benchmarks/farm} measures it. */
@NullMarked
package io.culvert.benchmarks.farm;

import org.jspecify.annotations.NullMarked;
