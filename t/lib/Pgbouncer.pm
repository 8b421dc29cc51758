# SPDX-License-Identifier: Apache-2.0
# pgbouncer before a PostgreSQL or an HAProxy, configured as docs/high-availability.md shows it.
package Pgbouncer;
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Httpd ();

my ($binary) = grep { -x } '/usr/sbin/pgbouncer', '/usr/bin/pgbouncer';
my %running;

sub available { return defined $binary }

sub new {
    my ($class, $server_port) = @_;
    my $self = bless { dir => tempdir('authsms-ha-XXXXXX', TMPDIR => 1, CLEANUP => 0),
        port => Httpd::free_port(), owner => $$ }, $class;
    my ($uid, $gid) = (getpwnam 'postgres')[2, 3];
    chown $uid, $gid, $self->{dir};
    open my $in, '<', "$Httpd::root/docs/high-availability.md"
        or die "docs/high-availability.md: $!";
    my ($settings) = do { local $/; <$in> }
        =~ /^\[pgbouncer\]\n(.*?)^```/ms
        or die 'the documentation shows no configuration of pgbouncer';
    $settings =~ s/ *;.*//mg;
    open my $out, '>', "$self->{dir}/pgbouncer.ini" or die;
    print $out
        "[databases]\n* = host=127.0.0.1 port=$server_port user=postgres\n[pgbouncer]\n"
            . "listen_addr = 127.0.0.1\nlisten_port = $self->{port}\nauth_type = any\n"
        . "logfile = $self->{dir}/log\npidfile = $self->{dir}/pid\nunix_socket_dir =\n$settings";
    close $out;
    system('setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', $binary, '-q', '-d',
        "$self->{dir}/pgbouncer.ini") == 0
        or die 'pgbouncer does not start';
    return $running{$self} = $self;
}

sub stop {
    my ($self) = @_;
    delete $running{$self} or return;
    if (open my $in, '<', "$self->{dir}/pid") { kill 'KILL', <$in> + 0 }
    remove_tree($self->{dir}) unless $ENV{AUTHSMS_KEEP};
    return;
}

sub END {
    my $status = $?;
    $_->stop for grep { $_->{owner} == $$ } values %running;
    $? = $status;
}

1;
