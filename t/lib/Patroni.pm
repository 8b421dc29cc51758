# SPDX-License-Identifier: Apache-2.0
# Three PostgreSQL servers under Patroni with one etcd, on free loopback ports; removed at the end.
package Patroni;
use strict;
use warnings;
use Client ();
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Httpd ();
use JSON::PP ();
use ParallelClients ();
use POSIX ();
use StopAtExit ();
use Time::HiRes qw(sleep time);

my ($bin) = reverse sort glob '/usr/lib/postgresql/*/bin';

# Run a command in the background as postgres; returns its process id.
sub _spawn {
    my ($log, @command) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    open STDIN, '<', '/dev/null' or POSIX::_exit(1);
    open STDOUT, '>>', $log or POSIX::_exit(1);
    open STDERR, '>&', \*STDOUT or POSIX::_exit(1);
    chdir '/';
    exec 'setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', @command
        or POSIX::_exit(1);
}

# Write a file; returns its path.
sub _write {
    my ($file, $text) = @_;
    open my $out, '>', $file or die "$file: $!";
    print $out $text;
    close $out;
    return $file;
}

# Start etcd and three nodes; waits until the cluster is healthy.
sub new {
    my ($class) = @_;
    my $dir = tempdir('authsms-ha-XXXXXX', TMPDIR => 1, CLEANUP => 0);
    my $self = bless { dir => $dir }, $class;
    StopAtExit::add($self);
    my ($uid, $gid) = (getpwnam 'postgres')[2, 3];
    chown $uid, $gid, $dir;
    chmod 0755, $dir;
    my ($client, $peer) = map { 'http://127.0.0.1:' . Httpd::free_port() } 1, 2;
    ($self->{dcs} = $client) =~ s{http://}{};
    $self->{etcd} = _spawn(
        "$dir/etcd.log", 'etcd', '--enable-v2', '--data-dir', "$dir/etcd", '--listen-client-urls',
        $client, '--advertise-client-urls', $client,
        '--listen-peer-urls', $peer, '--initial-advertise-peer-urls', $peer, '--initial-cluster',
        "default=$peer"
    );
    $self->{nodes} =
        [map { { name => "db$_", port => Httpd::free_port(), rest => Httpd::free_port() } } 1 .. 3];
    $self->_configure($_) for @{ $self->{nodes} };
    my ($first, @others) = @{ $self->{nodes} };
    $self->start($first);
    $self->_wait_until(60, 'a leader', sub { $self->leader });
    $self->start($_) for @others;
    $self->wait_healthy;
    return $self;
}

# Write a node's configuration (JSON is YAML). The times are shorter than in production;
# ttl >= loop_wait + 2 x retry_timeout.
sub _configure {
    my ($self, $node) = @_;
    my ($dir, $name) = ($self->{dir}, $node->{name});
    my @trust = (
        'local all all trust', 'host all all 127.0.0.1/32 trust',
        'host replication all 127.0.0.1/32 trust'
    );
    _write(
        "$dir/$name.yml",
        JSON::PP->new->canonical->encode({
            scope => 'authsms', name => $name, etcd => { host => $self->{dcs} },
            restapi => {
                listen => "127.0.0.1:$node->{rest}", connect_address => "127.0.0.1:$node->{rest}"
            },
            bootstrap => {
                dcs => {
                    ttl => 10, loop_wait => 2, retry_timeout => 3,
                    synchronous_mode => JSON::PP::true,
                    postgresql => {
                        use_pg_rewind => JSON::PP::true,
                        parameters => {
                            synchronous_commit => 'remote_apply', max_connections => 200,
                            wal_log_hints => 'on'
                        }
                    }
                },
                initdb => [
                    { encoding => 'UTF8' }, { locale => 'C' }, { auth => 'trust' }, 'data-checksums'
                ],
                pg_hba => \@trust,
            },
            postgresql => {
                listen => "127.0.0.1:$node->{port}", connect_address => "127.0.0.1:$node->{port}",
                data_dir => "$dir/$name", bin_dir => $bin, pgpass => "$dir/$name.pgpass",
                pg_hba => \@trust,
                authentication => {
                    superuser => { username => 'postgres' },
                    replication => { username => 'postgres' }, rewind => { username => 'postgres' }
                },
                parameters => { unix_socket_directories => $dir, shared_buffers => '32MB' },
            },
            watchdog => { mode => 'off' },
        })
    );
    return;
}

# Start a node.
sub start {
    my ($self, $node) = @_;
    $node->{pid} =
        _spawn("$self->{dir}/$node->{name}.log", 'patroni', "$self->{dir}/$node->{name}.yml");
    return;
}

# Wait until a function is true; dies after $seconds.
sub _wait_until {
    my ($self, $seconds, $what, $true) = @_;
    my $end = time + $seconds;
    my $found;
    until ($found = $true->()) {
        die "Patroni: no $what within $seconds s, see $self->{dir}" if time > $end;
        sleep 0.1;
    }
    return $found;
}

# GET a path of a node's REST API.
sub _get_rest {
    my ($node, $path) = @_;
    return eval { Client->new($node->{rest}, timeout => 1)->get($path) } // {};
}

# The node, except $but, whose Patroni says that it is the primary.
sub leader {
    my ($self, $but) = @_;
    for my $node (grep { !$but || $_ != $but } @{ $self->{nodes} }) {
        return $node if (_get_rest($node, '/primary')->{status} // 0) == 200;
    }
    return undef;
}

# Wait for a leader with one synchronous standby and one other standby; returns the leader.
sub wait_healthy {
    my ($self) = @_;
    return $self->_wait_until(
        90,
        'healthy cluster',
        sub {
            my $leader = $self->leader or return 0;
            my %is;
            $is{ $_->{role} }++
                for grep { $_->{state} =~ /running|streaming/ }
                @{ (_get_rest($leader, '/cluster')->{json} // {})->{members} // [] };
            return
                   ($is{leader} // 0) == 1
                && ($is{sync_standby} // 0) == 1
                && ($is{replica} // 0) == 1 ? $leader : 0;
        }
    );
}

# Wait until another node than $old is the primary; returns the time.
sub wait_promotion {
    my ($self, $old) = @_;
    $self->_wait_until(60, 'promotion', sub { $self->leader($old) });
    return time;
}

# Planned switchover to the synchronous standby; returns the time of the promotion.
sub switchover {
    my ($self) = @_;
    my $old = $self->leader or die 'no leader';
    my $asking = ParallelClients->start(sub {
        $_[0]->(
            eval {
                Client->new($old->{rest}, timeout => 30)
                    ->json_post('/switchover', { leader => $old->{name} })->{status};
            } // 0
        );
    });
    my $time = $self->wait_promotion($old);
    my ($status) = $asking->lines;
    die "switchover: $status" if $status != 200;
    return $time;
}

# Make this node the primary.
sub make_primary {
    my ($self, $node) = @_;
    for (1 .. 6) {
        return if $self->wait_healthy == $node;
        $self->switchover;
    }
    die "$node->{name} does not become the primary";
}

# The process ids of a node's Patroni and PostgreSQL.
sub processes {
    my ($self, $node) = @_;
    open my $in, '<', "$self->{dir}/$node->{name}/postmaster.pid" or return $node->{pid};
    my $postmaster = <$in> + 0;
    return ($node->{pid}, $postmaster, split ' ', `ps -o pid= --ppid $postmaster`);
}

# Send a signal to all processes of a node.
sub signal { my ($self, $signal, $node) = @_; kill $signal, $self->processes($node); return }

# Kill a node, as a power failure does.
sub crash { my ($self, $node) = @_; $self->signal('KILL', $node); waitpid $node->{pid}, 0; return }

# Run a statement on the primary.
sub psql {
    my ($self, $database, $sql) = @_;
    my $leader = $self->leader or die 'no leader';
    system(
        "$bin/psql", '-X', '-q', '-h', '127.0.0.1', '-p', $leader->{port}, '-U', 'postgres',
        '-d', $database, '-c', $sql
        ) == 0
        or die "psql fails: $sql";
    return;
}

# Kill everything and remove the files.
sub stop {
    my ($self) = @_;
    StopAtExit::remove($self) or return;
    for my $node (grep { $_->{pid} } @{ $self->{nodes} // [] }) {
        $self->signal('CONT', $node);
        $self->crash($node);
    }
    kill 'KILL', $self->{etcd};
    waitpid $self->{etcd}, 0;
    remove_tree($self->{dir}) unless $ENV{AUTHSMS_KEEP};
    return;
}

1;
