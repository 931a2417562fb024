/// Access to the one database dialect (MySQL, on MariaDB or MySQL servers): pool, transactions,
/// migrations' runner, and the embedded server for machines that have none.
///
/// Here: connections and how they fail. Not here: any table; each feature owns its SQL and brings
/// its migrations. Start at {@link Database}.
@NullMarked
package io.millrace.storage.sql;

import org.jspecify.annotations.NullMarked;
