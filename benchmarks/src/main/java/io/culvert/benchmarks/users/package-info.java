/** What users of VMess inbounds cost. */
@NullMarked
package io.culvert.benchmarks.users;

import org.jspecify.annotations.NullMarked;
