/** Load for servers of several kinds that do the same work, which {@code benchmarks/sessions} compares. */
@NullMarked
package io.culvert.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
