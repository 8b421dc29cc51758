# SPDX-License-Identifier: Apache-2.0
# pgbouncer in front of a PostgreSQL or an HAProxy, with the settings of docs/high-availability.md
# or with a test's own.
package Pgbouncer;
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Httpd ();
use StopAtExit ();

my ($binary) = grep { -x } '/usr/sbin/pgbouncer', '/usr/bin/pgbouncer';

# Whether pgbouncer is installed.
sub available { return defined $binary }

# The settings that docs/high-availability.md shows.
sub _documented_settings {
    open my $in, '<', "$Httpd::root/docs/high-availability.md"
        or die "docs/high-availability.md: $!";
    my ($settings) = do { local $/; <$in> }
        =~ /^\[pgbouncer\]\n(.*?)^```/ms
        or die 'the documentation shows no configuration of pgbouncer';
    return $settings =~ s/ *;.*//mgr;
}

# Start pgbouncer in front of a port; settings: the documented ones by default.
sub new {
    my ($class, $server_port, $settings) = @_;
    $settings //= _documented_settings();
    my $self = bless {
        dir => tempdir('authsms-ha-XXXXXX', TMPDIR => 1, CLEANUP => 0),
        port => Httpd::free_port()
    }, $class;
    my ($uid, $gid) = (getpwnam 'postgres')[2, 3];
    chown $uid, $gid, $self->{dir};
    open my $out, '>', "$self->{dir}/pgbouncer.ini" or die;
    print $out "[databases]\n* = host=127.0.0.1 port=$server_port user=postgres\n[pgbouncer]\n"
        . "listen_addr = 127.0.0.1\nlisten_port = $self->{port}\nauth_type = any\n"
        . "logfile = $self->{dir}/log\npidfile = $self->{dir}/pid\nunix_socket_dir =\n$settings";
    close $out;
    system(
        'setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', $binary, '-q', '-d',
        "$self->{dir}/pgbouncer.ini"
        ) == 0
        or die 'pgbouncer does not start';
    return StopAtExit::add($self);
}

# DBDParams for a database behind pgbouncer, which takes no options=.
sub params {
    my ($self, $database) = @_;
    return "host=127.0.0.1 port=$self->{port} user=postgres dbname=$database connect_timeout=2 "
        . 'tcp_user_timeout=3000 keepalives_idle=5 keepalives_interval=2 keepalives_count=2';
}

# Kill pgbouncer and remove its files.
sub stop {
    my ($self) = @_;
    StopAtExit::remove($self) or return;
    if (open my $in, '<', "$self->{dir}/pid") { kill 'KILL', <$in> + 0 }
    remove_tree($self->{dir}) unless $ENV{AUTHSMS_KEEP};
    return;
}

1;
