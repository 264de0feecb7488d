/** The two candidates for the node link, side by side: {@code benchmarks/link} runs them. */
@NullMarked
package io.culvert.benchmarks.link;

import org.jspecify.annotations.NullMarked;
