# SPDX-License-Identifier: Apache-2.0
# The life of the Debian package in a bare Debian: installation, use, removal, purge, upgrade.
# ./dev package runs it, with a network that has loopback alone. AUTHSMS_ROOT is the chroot. Its
# /srv has the package and an older one, and the cache of apt has their dependencies.
use strict;
use warnings;
use lib 't/lib';
use DebianPackage;
use Test::More;

my $root = $ENV{AUTHSMS_ROOT}
    or plan skip_all => 'run by ./dev package: AUTHSMS_ROOT names no chroot';
my $debian = DebianPackage->new(root => $root);
my $name = $DebianPackage::name;
my $key = '/etc/authsms/token.key';
my $conf = '/etc/apache2/mods-available/authsms.conf';
my $policy = '/usr/sbin/policy-rc.d';
my @own = qw(/etc/authsms /var/log/authsms /var/lib/authsms);

# The page says how to install what was built, and to restart httpd; here there is no systemd.
my ($install) = $debian->block('sh', 1) =~ /^(apt-get install .*)$/m
    or die 'no command installs it';
ok $install =~ s{\.\./\Q$name\E_\*\.deb}{/srv/$name.deb}, 'the page installs the package';
my $install_older = $install =~ s{/\Q$name\E\.deb}{/older.deb}r;
$debian->write('/usr/local/bin/systemctl', "#!/bin/sh\nexec apache2ctl \"\$1\"\n", 0755);

# Every file of the system, without logs, caches and the lists of dpkg, apt and a2enconf
sub files {
    my $said = $debian->run_ok(
        'find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /run -o'
            . ' -path /srv -o -path /var/cache -o -path /var/log/apt -o -path /var/lib/dpkg -o'
            . ' -path /var/lib/apt -o -path /var/lib/apache2/conf \) -prune -o -print | sort',
        'the files are listed'
    );
    return [
        grep { !m{^/var/log/(?:dpkg|alternatives)\.log$|^/var/log/apache2/} } split /\n/,
        $said
    ];
}

sub is_enabled {
    my ($status) = $debian->run('a2query -q -m authsms');
    return !$status;
}

subtest 'installation without a web server' => sub {
    # Starting servers is forbidden.
    $debian->write($policy, "#!/bin/sh\nexit 101\n", 0755);
    ok !-e $debian->path('/usr/sbin/apache2'), 'there is no httpd before';
    $debian->run_ok($install);
    ok !$debian->is_up, 'no httpd was started';
    ok is_enabled(), 'the module is enabled';
    ok -l $debian->path("/etc/apache2/mods-enabled/$_"), "mods-enabled/$_"
        for qw(authsms.load authsms.conf dbd.load);
    my ($status, $said) = $debian->run('apache2ctl configtest');
    is $status, 0, 'the configuration passes configtest';
    is $said =~ s/^AH0055[78]:.*\n//mgr, "Syntax OK\n", 'without a warning';
    is $debian->rights($key), 'root root 600', 'the key is readable by root alone';
    like $debian->text($key), qr/\Ahex:[0-9a-f]{64}\n\z/, 'and has 256 bits';
    is $debian->rights('/etc/authsms'), 'root root 750', '/etc/authsms';
    is $debian->rights('/var/log/authsms'), 'root root 750', '/var/log/authsms';
    is $debian->rights('/var/lib/authsms'), 'www-data www-data 750', '/var/lib/authsms';
    # From here on the package may restart httpd.
    $debian->write($policy, "#!/bin/sh\nexit 0\n");
};

subtest 'what the package has' => sub {
    like $debian->run_ok("dpkg -L $name", 'its files'),
        qr{^/usr/share/man/man1/authsmsctl\.1\.gz$}m,
        'a man page';
    my $completion = '/usr/share/bash-completion/completions/authsmsctl';
    my $said = $debian->run_ok(
              "bash -ec '. $completion; COMP_WORDS=(authsmsctl sc) COMP_CWORD=1; _authsmsctl;"
            . " echo \${COMPREPLY[*]}; complete -p authsmsctl'", 'bash completion loads');
    like $said, qr/\Aschema\ncomplete .*_authsmsctl authsmsctl/, 'and completes a command';
    my $filter = $debian->text('/etc/fail2ban/filter.d/authsms.conf');
    like $filter, qr/^failregex = /m, 'a filter of fail2ban';
    my $examples = "/usr/share/doc/$name/examples";
    is $debian->text("$examples/fail2ban-filter.conf"), $filter, 'which is that of the examples';
    ok -e $debian->path("$examples/$_"), "examples/$_"
        for qw(static-area.conf demo/httpd.conf.in demo/htdocs/index.html);
    is $debian->run_ok("find $examples -name '*.gz'", 'examples'), '', 'none of them is compressed';
    is $debian->run_ok("dpkg --verify $name", 'dpkg --verify'), '', 'no file has been changed';
};

subtest 'as installed' => sub {
    $debian->run_ok('apache2ctl start', 'httpd starts');
    $debian->wait_until_up;
    is $debian->{client}->get('/')->{status}, 200, 'httpd serves its first page';
    my $client = Client->new(80, api => '');
    is $client->get('/app_api/users')->{status}, 404, 'there is no API';
};

my $ada;
subtest 'a site' => sub {
    $debian->start_site;
    $ada = $debian->check_site;
    my ($doctor) = $debian->{section} =~ /`(authsmsctl [^`]* doctor)`/
        or die 'the page has no doctor';
    my $said = $debian->run_ok($doctor);
    like $said, qr/^problems: 0, warnings: 1, not checked: 1$/m,
        'finds nothing to mend but the log sender, and no public URL'
        or diag $said;
};

subtest 'logrotate' => sub {
    my $log = '/var/log/authsms/audit.log';
    my $before = $debian->text($log);
    $debian->run_ok('apt-get install --no-install-recommends logrotate', 'logrotate is installed');
    $debian->run_ok('logrotate -f /etc/logrotate.d/libapache2-mod-authsms');
    like $debian->text("$log.1"), qr/\A\Q$before\E/, 'the old file has the old lines';
    is $debian->rights($log), 'root root 600', 'the new one is readable by root alone';
    $debian->wait_for(
        'line of the restart in the new file',
        sub { $debian->text($log) =~ /"event":"start"/ }
    );
    $debian->log_in($ada);
    like $debian->text($log), qr/"event":"login"/, 'httpd writes to the new file';
    unlike $debian->text("$log.1") =~ s/\A\Q$before\E//r, qr/"event":"login"/,
        'and no longer to the old one';
};

my $made = $debian->text($key);
subtest 'removal' => sub {
    $debian->run_ok($debian->block('sh', 3), 'the commands of the page remove it');
    ok !is_enabled(), 'the module is disabled';
    ok !-e $debian->path('/usr/lib/apache2/modules/mod_authsms.so'), 'and gone';
    $debian->stop_httpd;
    $debian->run_ok('a2enconf authsms-site');
    my ($status, $said) = $debian->run('apache2ctl configtest');
    isnt $status, 0, 'httpd does not start with a site that needs it';
    like $said, qr/Invalid command 'AuthSMSSender'/, 'and says why';
    $debian->run_ok('a2disconf authsms-site');
    $debian->run_ok('apache2ctl start', 'without the site httpd starts');
    $debian->wait_until_up;
    is $debian->text($key), $made, 'the key is kept';
    ok -s $debian->path('/var/lib/authsms/users.db'), 'and the accounts';
    ok -s $debian->path('/var/log/authsms/audit.log'), 'and the audit log';
};

subtest 'reinstallation' => sub {
    $debian->run_ok($install);
    ok is_enabled(), 'the module is enabled again';
    is $debian->text($key), $made, 'the key is the same';
    $debian->start_site;
    is $debian->private_status($ada), 200, 'a token from before is valid';
    $debian->log_in($ada);
};

subtest 'purge' => sub {
    $debian->run_ok('a2disconf authsms-site');
    like $debian->run_ok("apt-get purge $name", 'purge'),
        qr{accounts are kept in /var/lib/authsms}, 'says where the accounts are';
    ok -s $debian->path('/var/lib/authsms/users.db'), 'which are kept';
    ok !-e $debian->path($_), "$_ is deleted" for '/etc/authsms', '/var/log/authsms';
    $debian->run_ok('rm -r /var/lib/authsms');
    unlink $debian->path('/etc/apache2/conf-available/authsms-site.conf');
    is_deeply [grep { /authsms/ } @{ files() }], [], 'no file with its name is left';
    my ($status, $said) = $debian->run('grep -rl authsms /etc /var/lib/apache2/module');
    is $said, '', 'nor one that mentions it';
};

subtest 'installation by an administrator with directories and a key' => sub {
    $debian->run_ok('install -d -o www-data -g www-data -m 700 /var/lib/authsms');
    $debian->run_ok('install -d -m 700 /etc/authsms');
    $debian->run_ok("echo hex:$_ >$key; chmod 400 $key", 'a key') for '0123456789abcdef' x 4;
    my $own = $debian->text($key);
    $debian->run_ok($install);
    is $debian->text($key), $own, 'the key is kept';
    is $debian->rights($key), 'root root 400', 'and its mode';
    is $debian->rights('/var/lib/authsms'), 'www-data www-data 700', 'the directory, too';
    unlink $debian->path($key);
    $debian->run_ok("dpkg-reconfigure $name");
    like $debian->text($key), qr/\Ahex:[0-9a-f]{64}\n\z/, 'dpkg-reconfigure makes a missing key';
    $debian->write("$key.x", "a key of another program\n");
    $debian->run_ok("apt-get purge $name");
    ok -e $debian->path("$key.x"), "purge keeps a file in /etc/authsms that is another's";
    $debian->run_ok('rm -r /etc/authsms /var/lib/authsms');
};

my $before;
subtest 'upgrade' => sub {
    $before = files();
    $debian->run_ok($install_older);
    my ($old) = $debian->run_ok("dpkg-query -W -f '\${Version}' $name", 'the older version');
    $debian->start_site;
    $ada = $debian->check_site;
    my $changed = $debian->text($conf) =~ s/^(DBDMax +)\d+$/${1}16/mr;
    $changed .= "# of the administrator\n";
    $debian->write($conf, $changed);
    $made = $debian->text($key);
    my $log = $debian->text('/var/log/apache2/error.log');
    $debian->run_ok($install);
    my $new = $debian->run_ok("dpkg-query -W -f '\${Version}' $name", 'the version');
    isnt $new, $old, "$old became $new";
    is $debian->text($key), $made, 'the key is the same';
    is $debian->text($conf), $changed, 'the changed configuration is kept';
    $debian->wait_until_up;
    my $later = substr $debian->text('/var/log/apache2/error.log'), length $log;
    like $later, qr/AH00489/, 'httpd was restarted with the new module';
    is $debian->private_status, 401, 'the protected page: 401 without a token';
    is $debian->private_status($ada), 200, 'a token from before is valid';
    $debian->log_in($ada, 'the account logs in');
    $debian->sign_up('bob', '07700 900124');
    $debian->run_ok('a2disconf authsms-site');
    $debian->run_ok("apt-get purge $name");
    $debian->run_ok('rm -r /var/lib/authsms');
    unlink $debian->path('/etc/apache2/conf-available/authsms-site.conf');
    is_deeply files(), $before, 'after a purge the files are those before the installation';
};

subtest 'a module that the administrator disabled' => sub {
    $debian->run_ok($install_older);
    $debian->run_ok('a2dismod authsms');
    $debian->run_ok($install);
    ok !is_enabled(), 'stays disabled by an upgrade';
};
$debian->run('apache2ctl stop');
done_testing;
